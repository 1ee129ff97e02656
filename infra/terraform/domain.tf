# The trigger's own domain is meant for tests and may be withdrawn; a domain of yours stays.

resource "alicloud_fcv3_custom_domain" "this" {
  count = nonsensitive(var.custom_domain != null) ? 1 : 0

  custom_domain_name = nonsensitive(var.custom_domain.name)
  # A question must not travel in the clear.
  protocol = "HTTPS"

  cert_config {
    # The name of a certificate may hold no dots.
    cert_name   = replace(nonsensitive(var.custom_domain.name), ".", "-")
    certificate = var.custom_domain.certificate
    private_key = var.custom_domain.private_key
  }

  tls_config {
    min_version = "TLSv1.2"
    max_version = "TLSv1.3"
  }

  route_config {
    routes {
      path          = "/*"
      methods       = ["POST", "GET"]
      function_name = alicloud_fcv3_function.this["callback"].function_name
      qualifier     = local.qualifier
    }
  }

  # A route needs its alias.
  depends_on = [alicloud_fcv3_alias.live]
}

# The console needs one: Function Compute's own domain makes a browser download a page instead of showing it.
resource "alicloud_fcv3_custom_domain" "console" {
  count = local.has_console && nonsensitive(var.console_domain != null) ? 1 : 0

  custom_domain_name = nonsensitive(var.console_domain.name)
  protocol           = "HTTPS"

  cert_config {
    cert_name   = replace(nonsensitive(var.console_domain.name), ".", "-")
    certificate = var.console_domain.certificate
    private_key = var.console_domain.private_key
  }

  tls_config {
    min_version = "TLSv1.2"
    max_version = "TLSv1.3"
  }

  route_config {
    routes {
      path          = "/*"
      methods       = ["GET", "POST", "HEAD"]
      function_name = alicloud_fcv3_function.this["console"].function_name
      qualifier     = "LATEST"
    }
  }
}

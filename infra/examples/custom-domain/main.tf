# A domain of yours in front of the callback, for a deployment by Serverless Devs. (infra/terraform has it as
# custom_domain.) In China's mainland the domain needs an ICP filing first.

variable "region" {
  description = "DEPLOY_REGION of the deployment."
  type        = string
  default     = "cn-hangzhou"
}

variable "function" {
  description = "The callback's name: APP_NAME, and -callback."
  type        = string
  default     = "rag-on-dingtalk-callback"
}

variable "qualifier" {
  description = "CALLBACK_QUALIFIER of the deployment: LATEST, or live while a canary runs."
  type        = string
  default     = "LATEST"
}

variable "zone" {
  description = "The domain in Alibaba Cloud DNS, such as example.com."
  type        = string
}

variable "host" {
  description = "The name in it, such as bot for bot.example.com."
  type        = string
  default     = "bot"
}

variable "certificate_file" {
  description = "The certificate with its chain, PEM."
  type        = string
}

variable "private_key_file" {
  description = "The certificate's private key, PEM. It is in the state as well."
  type        = string
}

data "alicloud_account" "current" {}

locals {
  domain = "${var.host}.${var.zone}"
}

# Function Compute looks for this record before it takes the domain.
resource "alicloud_alidns_record" "callback" {
  domain_name = var.zone
  rr          = var.host
  type        = "CNAME"
  value       = "${data.alicloud_account.current.id}.${var.region}.fc.aliyuncs.com"
  ttl         = 600
}

resource "alicloud_fcv3_custom_domain" "callback" {
  custom_domain_name = local.domain
  # A question must not travel in the clear.
  protocol = "HTTPS"

  cert_config {
    # The name of a certificate may hold no dots.
    cert_name   = replace(local.domain, ".", "-")
    certificate = file(var.certificate_file)
    private_key = file(var.private_key_file)
  }

  tls_config {
    min_version = "TLSv1.2"
    max_version = "TLSv1.3"
  }

  route_config {
    routes {
      path          = "/*"
      methods       = ["POST", "GET"]
      function_name = var.function
      qualifier     = var.qualifier
    }
  }

  depends_on = [alicloud_alidns_record.callback]
}

output "callback_url" {
  description = "For DingTalk's developer console: behind it /robot/ and the bot's name."
  value       = "https://${local.domain}"
}

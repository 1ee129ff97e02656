resource "alicloud_fcv3_trigger" "dingtalk" {
  function_name = alicloud_fcv3_function.this["callback"].function_name
  qualifier     = local.qualifier
  trigger_name  = "dingtalk"
  trigger_type  = "http"
  trigger_config = jsonencode({
    # DingTalk can sign neither for Function Compute nor with a JWT: the signature check in the code is the gate.
    authType           = "anonymous"
    methods            = ["POST", "GET"]
    disableURLInternet = false
  })

  # The address exists when everything behind it does.
  depends_on = [
    alicloud_fcv3_function.this,
    alicloud_fcv3_async_invoke_config.this,
    alicloud_fcv3_concurrency_config.this,
    alicloud_fcv3_alias.live,
  ]
}

resource "alicloud_fcv3_trigger" "console" {
  count = local.has_console ? 1 : 0

  function_name = alicloud_fcv3_function.this["console"].function_name
  qualifier     = "LATEST"
  trigger_name  = "pages"
  trigger_type  = "http"
  trigger_config = jsonencode({
    # Browsers cannot sign for Function Compute: DingTalk's login and the session are the gate.
    authType           = "anonymous"
    methods            = ["GET", "POST", "HEAD"]
    disableURLInternet = false
  })
}

resource "alicloud_fcv3_trigger" "housekeeping" {
  function_name = alicloud_fcv3_function.this["housekeeping"].function_name
  qualifier     = "LATEST"
  trigger_name  = "every-ten-minutes"
  trigger_type  = "timer"
  trigger_config = jsonencode({
    cronExpression = "@every 10m"
    enable         = true
    payload        = ""
  })
}

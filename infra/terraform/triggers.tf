resource "alicloud_fcv3_trigger" "dingtalk" {
  function_name = alicloud_fcv3_function.this["callback"].function_name
  qualifier     = "LATEST"
  trigger_name  = "dingtalk"
  trigger_type  = "http"
  trigger_config = jsonencode({
    # DingTalk can sign neither for Function Compute nor with a JWT: the signature check in the code is the gate.
    authType           = "anonymous"
    methods            = ["POST", "GET"]
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

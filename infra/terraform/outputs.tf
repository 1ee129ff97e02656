locals {
  callback_url = (
    nonsensitive(var.custom_domain != null)
    ? "https://${nonsensitive(var.custom_domain.name)}"
    : alicloud_fcv3_trigger.dingtalk.http_trigger[0].url_internet
  )
  bots = length(local.bots_yaml.bots) > 0 ? keys(local.bots_yaml.bots) : ["<bot>"]
}

output "callback_url" {
  description = "The address without a path, for `doctor --url` and `register-cards`."
  value       = local.callback_url
}

output "console_url" {
  description = "Where the administrators' console is; null without one. Register this address with /sign-in/return behind it as a redirect URL of the app (安全设置 > 重定向 URL)."
  value = !local.has_console ? null : (
    nonsensitive(var.console_domain != null)
    ? "https://${nonsensitive(var.console_domain.name)}"
    : alicloud_fcv3_trigger.console[0].http_trigger[0].url_internet
  )
}

output "robot_urls" {
  description = "Message address of each bot. Paste it in DingTalk's developer console: your app > Robot > HTTP mode > message receiving address (机器人 > HTTP 模式 > 消息接收地址)."
  value       = { for bot in local.bots : bot => "${local.callback_url}/robot/${bot}" }
}

output "card_urls" {
  description = "Where clicks on each bot's cards go, for a bot with card_callback; `register-cards` registers it with DingTalk."
  value       = { for bot in local.bots : bot => "${local.callback_url}/cards/${bot}" }
}

output "event_urls" {
  description = "Request address of each bot's event subscription, for a bot with events: your app > Events and callbacks > HTTP push (事件与回调 > HTTP 推送)."
  value       = { for bot in local.bots : bot => "${local.callback_url}/events/${bot}" }
}

output "egress_ip" {
  description = "Address from which the functions reach DingTalk and the knowledge base: for DingTalk's server egress IP allow-list (安全设置 > 服务器出口 IP). Null without var.network: Function Compute's shared addresses change, so leave the list empty; with var.vpc it is your own gateway's."
  value       = one(alicloud_eip_address.this[*].ip_address)
}

output "tablestore" {
  description = "Where the state is, for `python -m rag_on_dingtalk` on a person's machine."
  value = {
    TABLESTORE_ENDPOINT = local.tablestore_endpoint
    TABLESTORE_INSTANCE = alicloud_ots_instance.this.name
  }
}

output "logs" {
  description = "Where the functions write."
  value = {
    project  = alicloud_log_project.this.project_name
    logstore = alicloud_log_store.functions.logstore_name
  }
}

output "functions" {
  description = "What was deployed, by the name of its folder in functions/."
  value       = { for key, function in alicloud_fcv3_function.this : key => function.function_name }
}

locals {
  callback_url = (
    nonsensitive(var.custom_domain != null)
    ? "https://${nonsensitive(var.custom_domain.name)}"
    : alicloud_fcv3_trigger.dingtalk.http_trigger[0].url_internet
  )
  bots = fileexists(var.bots_file) ? keys(yamldecode(file(var.bots_file)).bots) : ["<bot>"]
}

output "robot_urls" {
  description = "Message address of each bot. Paste it in DingTalk's developer console: your app > Robot > HTTP mode > message receiving address (机器人 > HTTP 模式 > 消息接收地址)."
  value       = { for bot in local.bots : bot => "${local.callback_url}/robot/${bot}" }
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

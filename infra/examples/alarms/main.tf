# The alarms of infra/terraform, for a deployment by Serverless Devs: its log project exists already.

variable "name" {
  description = "APP_NAME of the deployment."
  type        = string
  default     = "rag-on-dingtalk"
}

variable "region" {
  description = "DEPLOY_REGION of the deployment."
  type        = string
  default     = "cn-hangzhou"
}

variable "webhook" {
  description = "A custom robot of a DingTalk group: its address, and its signing secret (SEC…)."
  type = object({
    url    = string
    secret = optional(string, "")
  })
  sensitive = true
}

data "alicloud_account" "current" {}

module "alarms" {
  source = "../../terraform/alarms"

  providers = {
    alicloud              = alicloud
    alicloud.alert_center = alicloud.alert_center
  }

  name    = var.name
  region  = var.region
  project = "${var.name}-${data.alicloud_account.current.id}-${var.region}"
  webhook = var.webhook
}

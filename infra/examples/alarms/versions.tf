terraform {
  required_version = ">= 1.9"

  required_providers {
    alicloud = {
      source  = "aliyun/alicloud"
      version = ">= 1.294.0, < 2.0.0"
    }
  }
}

provider "alicloud" {
  region = var.region
}

# Log Service keeps what alarms are sent by for the whole account, in one region.
provider "alicloud" {
  alias  = "alert_center"
  region = "cn-heyuan"
}

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

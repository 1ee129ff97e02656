# This file is maintained automatically by "terraform init".
# Manual edits may be lost in future updates.

provider "registry.terraform.io/aliyun/alicloud" {
  version     = "1.294.0"
  constraints = ">= 1.294.0, < 2.0.0"
}

terraform {
  # optional() with defaults in variables.tf, and cross-references between variables in validations.
  required_version = ">= 1.9"

  required_providers {
    alicloud = {
      source = "aliyun/alicloud"
      # Up to 1.289 a destination for failures alone is refused when deployed: an empty one for successes is sent beside it
      # (issue 10031). The correction was merged on 2026-08-26; 1.294 is the first release known to have come after it.
      # The 2.x line may rename arguments.
      version = ">= 1.294.0, < 2.0.0"
    }
  }
}

# The state holds the secrets in the clear: keep it in an encrypted, private OSS bucket (backend.tf.example).
#
# Credentials come from ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or from the aliyun CLI.
provider "alicloud" {
  region = var.region
}

# Log Service keeps what alarms are sent by for the whole account, in one region.
provider "alicloud" {
  alias  = "alert_center"
  region = "cn-heyuan"
}

data "alicloud_account" "current" {}

terraform {
  # optional() with defaults in variables.tf, and cross-references between variables in validations.
  required_version = ">= 1.9"

  required_providers {
    alicloud = {
      source = "aliyun/alicloud"
      # The resources here were checked against 1.289; the 2.x line may rename arguments.
      version = "~> 1.289"
    }
  }
}

# The state holds the secrets in the clear: keep it in an encrypted, private OSS bucket (backend "oss").
#
# Credentials come from ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or from the aliyun CLI.
provider "alicloud" {
  region = var.region
}

data "alicloud_account" "current" {}

# Code travels through OSS: the API takes 100 MB, and a changed zip is only noticed when its object has another name.

locals {
  packages = coalesce(var.packages, "${path.module}/../../dist/${local.runtime}")
  zips     = toset(concat(["layer"], keys(local.functions)))
  # "missing" lets the precondition below speak instead of filesha256.
  hashes = {
    for zip in local.zips : zip => fileexists("${local.packages}/${zip}.zip") ? filesha256("${local.packages}/${zip}.zip") : "missing"
  }
}

resource "alicloud_oss_bucket" "packages" {
  bucket = coalesce(var.bucket, "${var.name}-${local.account}-${var.region}")
  tags   = var.tags
}

resource "alicloud_oss_bucket_object" "package" {
  for_each = local.zips

  bucket = alicloud_oss_bucket.packages.bucket
  key    = "${each.key}-${substr(local.hashes[each.key], 0, 16)}.zip"
  source = "${local.packages}/${each.key}.zip"

  lifecycle {
    # The functions turn to the new object before the old one goes.
    create_before_destroy = true

    precondition {
      condition     = local.hashes[each.key] != "missing"
      error_message = "There is no ${each.key}.zip in ${local.packages}. Run `make package` first, for the same Python as var.python."
    }
  }
}

resource "alicloud_fcv3_layer_version" "common" {
  layer_name         = "${var.name}-common"
  description        = "The library, and what it depends on"
  compatible_runtime = [local.runtime, local.custom_runtime]

  code {
    oss_bucket_name = alicloud_oss_bucket.packages.bucket
    oss_object_name = alicloud_oss_bucket_object.package["layer"].key
  }

  lifecycle {
    create_before_destroy = true
  }
}

# tables.json is written by `python infra/terraform/tables.py` from the library's own description of the tables.

locals {
  tables = jsondecode(file("${path.module}/tables.json"))
}

resource "alicloud_ots_instance" "this" {
  name          = local.tablestore_instance
  description   = "State of ${var.name}"
  instance_type = var.tablestore_type
  # A new instance refuses the public network, which is the only way to it without a VPC.
  network_type_acl = local.in_vpc ? ["VPC"] : ["CLASSIC", "INTERNET", "VPC"]
  tags             = var.tags
}

resource "alicloud_ots_table" "this" {
  for_each = local.tables

  instance_name = alicloud_ots_instance.this.name
  table_name    = each.key
  time_to_live  = each.value.time_to_live
  max_version   = 1

  dynamic "primary_key" {
    for_each = each.value.primary_key
    content {
      name = primary_key.value.name
      type = primary_key.value.type
    }
  }
}

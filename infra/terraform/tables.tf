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

  # What people said about answers is here. docs/guides/remove.md says how to take it away.
  lifecycle {
    prevent_destroy = true
  }
}

# The instance is reached from the VPC under a name of its own there.
resource "alicloud_ots_instance_attachment" "this" {
  count = local.in_vpc ? 1 : 0

  instance_name = alicloud_ots_instance.this.name
  vpc_name      = "functions"
  vswitch_id    = local.vpc.vswitch_id
}

resource "alicloud_ots_table" "this" {
  for_each = local.tables

  instance_name = alicloud_ots_instance.this.name
  table_name    = each.key
  time_to_live  = each.value.time_to_live
  max_version   = 1
  allow_update  = each.value.allow_update

  dynamic "primary_key" {
    for_each = each.value.primary_key
    content {
      name = primary_key.value.name
      type = primary_key.value.type
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# A VPC whose only way out is one elastic address. Nothing comes in: the callback's URL is Function Compute's.

locals {
  networks = var.network == null ? 0 : 1
  in_vpc   = var.network != null || var.vpc != null
  vpc = var.vpc != null ? var.vpc : {
    vpc_id            = one(alicloud_vpc.this[*].id)
    vswitch_id        = one(alicloud_vswitch.this[*].id)
    security_group_id = one(alicloud_security_group.this[*].id)
  }
}

resource "alicloud_vpc" "this" {
  count = local.networks

  vpc_name   = var.name
  cidr_block = var.network.cidr
  tags       = var.tags
}

resource "alicloud_vswitch" "this" {
  count = local.networks

  vswitch_name = var.name
  vpc_id       = alicloud_vpc.this[0].id
  cidr_block   = var.network.vswitch_cidr
  zone_id      = var.network.zone
  tags         = var.tags
}

resource "alicloud_security_group" "this" {
  count = local.networks

  security_group_name = var.name
  vpc_id              = alicloud_vpc.this[0].id
  tags                = var.tags
}

resource "alicloud_nat_gateway" "this" {
  count = local.networks

  nat_gateway_name = var.name
  vpc_id           = alicloud_vpc.this[0].id
  vswitch_id       = alicloud_vswitch.this[0].id
  nat_type         = "Enhanced"
  payment_type     = "PayAsYouGo"
  tags             = var.tags
}

resource "alicloud_eip_address" "this" {
  count = local.networks

  address_name         = var.name
  payment_type         = "PayAsYouGo"
  internet_charge_type = "PayByTraffic"
  tags                 = var.tags
}

resource "alicloud_eip_association" "this" {
  count = local.networks

  allocation_id = alicloud_eip_address.this[0].id
  instance_id   = alicloud_nat_gateway.this[0].id
}

resource "alicloud_snat_entry" "this" {
  count = local.networks

  snat_entry_name   = var.name
  snat_table_id     = alicloud_nat_gateway.this[0].snat_table_ids
  source_vswitch_id = alicloud_vswitch.this[0].id
  snat_ip           = alicloud_eip_address.this[0].ip_address

  # The address can only be used where it is bound.
  depends_on = [alicloud_eip_association.this]
}

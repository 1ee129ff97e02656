# AnythingLLM on a machine of its own in a VPC, reached by the functions alone. Outputs fit infra/terraform's variable vpc
# and .env of infra/s.vpc.yaml.

locals {
  port = 3001
}

resource "alicloud_vpc" "this" {
  vpc_name   = var.name
  cidr_block = "172.16.0.0/16"
}

resource "alicloud_vswitch" "this" {
  vswitch_name = var.name
  vpc_id       = alicloud_vpc.this.id
  cidr_block   = "172.16.0.0/24"
  zone_id      = var.zone
}

# The way out, for the functions to DingTalk and for the machine to its model: one address, nothing comes in by it.
resource "alicloud_nat_gateway" "this" {
  nat_gateway_name = var.name
  vpc_id           = alicloud_vpc.this.id
  vswitch_id       = alicloud_vswitch.this.id
  nat_type         = "Enhanced"
  payment_type     = "PayAsYouGo"
}

resource "alicloud_eip_address" "this" {
  address_name         = var.name
  payment_type         = "PayAsYouGo"
  internet_charge_type = "PayByTraffic"
}

resource "alicloud_eip_association" "this" {
  allocation_id = alicloud_eip_address.this.id
  instance_id   = alicloud_nat_gateway.this.id
}

resource "alicloud_snat_entry" "this" {
  snat_entry_name   = var.name
  snat_table_id     = alicloud_nat_gateway.this.snat_table_ids
  source_vswitch_id = alicloud_vswitch.this.id
  snat_ip           = alicloud_eip_address.this.ip_address

  depends_on = [alicloud_eip_association.this]
}

resource "alicloud_security_group" "functions" {
  security_group_name = "${var.name}-functions"
  vpc_id              = alicloud_vpc.this.id
}

resource "alicloud_security_group" "knowledge" {
  security_group_name = "${var.name}-knowledge"
  vpc_id              = alicloud_vpc.this.id
}

# Only the functions, and only AnythingLLM's port. The console's workbench reaches the machine without a rule here.
resource "alicloud_security_group_rule" "functions" {
  type                     = "ingress"
  ip_protocol              = "tcp"
  nic_type                 = "intranet"
  policy                   = "accept"
  port_range               = "${local.port}/${local.port}"
  priority                 = 1
  security_group_id        = alicloud_security_group.knowledge.id
  source_security_group_id = alicloud_security_group.functions.id
}

resource "alicloud_instance" "anythingllm" {
  instance_name              = var.name
  image_id                   = var.image_id
  instance_type              = var.instance_type
  vswitch_id                 = alicloud_vswitch.this.id
  security_groups            = [alicloud_security_group.knowledge.id]
  system_disk_category       = "cloud_essd"
  system_disk_size           = 100
  internet_max_bandwidth_out = 0

  user_data = base64encode(templatefile("${path.module}/start.sh.tftpl", {
    image = var.anythingllm_image
    port  = local.port
  }))

  # It downloads Docker and the image when it starts.
  depends_on = [alicloud_snat_entry.this]
}

output "vpc" {
  description = "For infra/terraform: vpc = {…}. For .env: VPC_ID, VSWITCH_ID, SECURITY_GROUP_ID."
  value = {
    vpc_id            = alicloud_vpc.this.id
    vswitch_id        = alicloud_vswitch.this.id
    security_group_id = alicloud_security_group.functions.id
  }
}

output "base_url" {
  description = "For bots.yaml: backend.base_url. It is plain http inside the VPC."
  value       = "http://${alicloud_instance.anythingllm.private_ip}:${local.port}"
}

output "egress_ip" {
  description = "For DingTalk's list: 安全设置 > 服务器出口 IP."
  value       = alicloud_eip_address.this.ip_address
}

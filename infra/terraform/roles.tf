# One role a function, and in it only what that function does. The documents are shared with infra/s.yaml, whose users
# fill in the same names with envsubst.

locals {
  policy_values = {
    APP_NAME            = var.name
    DEPLOY_REGION       = var.region
    DEPLOY_ACCOUNT_ID   = local.account
    TABLESTORE_INSTANCE = local.tablestore_instance
    LOG_PROJECT         = local.log_project
    LOG_STORE           = local.log_store
  }
}

resource "alicloud_ram_role" "this" {
  for_each = local.functions

  role_name                   = local.function_names[each.key]
  description                 = each.value.description
  assume_role_policy_document = file("${path.module}/../policies/trust.json")
  tags                        = var.tags
}

resource "alicloud_ram_policy" "this" {
  for_each = local.functions

  policy_name     = local.function_names[each.key]
  description     = "All that ${local.function_names[each.key]} may do"
  policy_document = templatefile("${path.module}/../policies/${each.key}.json", local.policy_values)
  # A policy keeps five versions; without this the sixth change is refused.
  rotate_strategy = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
  tags            = var.tags
}

# Function Compute lets the functions' network interfaces into the VPC.
resource "alicloud_ram_policy" "network" {
  count = local.in_vpc ? 1 : 0

  policy_name     = "${var.name}-network"
  description     = "Network interfaces in the VPC"
  policy_document = templatefile("${path.module}/../policies/network.json", local.policy_values)
  rotate_strategy = "DeleteOldestNonDefaultVersionWhenLimitExceeded"
  tags            = var.tags
}

resource "alicloud_ram_role_policy_attachment" "network" {
  for_each = toset(local.in_vpc ? keys(local.functions) : [])

  role_name   = alicloud_ram_role.this[each.key].role_name
  policy_name = alicloud_ram_policy.network[0].policy_name
  policy_type = "Custom"
}

resource "alicloud_ram_role_policy_attachment" "this" {
  for_each = local.functions

  role_name   = alicloud_ram_role.this[each.key].role_name
  policy_name = alicloud_ram_policy.this[each.key].policy_name
  policy_type = "Custom"
}

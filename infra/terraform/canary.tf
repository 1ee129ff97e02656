# A canary of callback: an alias that shares the pushes between two published versions. docs/guides/upgrade.md has the
# steps. Only callback can be shared: it calls async_answer by name, that is LATEST, and settings of the queue belong to
# one qualifier each.

# A version is a copy of what LATEST is when its label appears here. The label is never changed: another description would
# be another version, and the old one would be deleted.
resource "alicloud_fcv3_function_version" "callback" {
  for_each = toset(var.releases)

  function_name = alicloud_fcv3_function.this["callback"].function_name
  description   = each.key
}

resource "alicloud_fcv3_alias" "live" {
  count = var.canary == null ? 0 : 1

  function_name = alicloud_fcv3_function.this["callback"].function_name
  alias_name    = "live"
  version_id    = alicloud_fcv3_function_version.callback[var.canary.stable].version_id
  additional_version_weight = var.canary.next == null ? {} : {
    (alicloud_fcv3_function_version.callback[var.canary.next].version_id) = var.canary.weight
  }
}

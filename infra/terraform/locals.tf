locals {
  account = data.alicloud_account.current.id

  # One Python everywhere: the layer's wheels and compiled files fit one minor version. The custom runtimes are the
  # Debian that carries it beside the system's own.
  runtime        = "python${var.python}"
  custom_runtime = { "3.12" = "custom.debian11", "3.10" = "custom.debian10" }[var.python]

  # Names come from here and not from the resources, which refer to one another in a circle: the callback's environment
  # names async_answer, and async_answer's role allows calling async_answer itself.
  function_names = {
    for key in ["callback", "async_answer", "failed_answer", "housekeeping"] : key => "${var.name}-${replace(key, "_", "-")}"
  }
  function_arn = "acs:fc:${var.region}:${local.account}:functions"

  tablestore_instance = coalesce(var.tablestore_instance, var.name)
  tablestore_host     = !local.in_vpc ? "ots.aliyuncs.com" : "vpc.tablestore.aliyuncs.com"
  tablestore_endpoint = coalesce(
    var.tablestore_endpoint,
    "https://${local.tablestore_instance}.${var.region}.${local.tablestore_host}",
  )

  log_project = "${var.name}-${local.account}-${var.region}"
  log_store   = "functions"
}

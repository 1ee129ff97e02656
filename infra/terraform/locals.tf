locals {
  account = data.alicloud_account.current.id

  # One Python everywhere: the layer's wheels and compiled files fit one minor version. The custom runtimes are the
  # Debian that carries it beside the system's own.
  runtime        = "python${var.python}"
  custom_runtime = { "3.12" = "custom.debian11", "3.10" = "custom.debian10" }[var.python]

  # Names come from here and not from the resources, which refer to one another in a circle: the callback's environment
  # names async_answer, and async_answer's role allows calling async_answer itself.
  function_names = merge(
    {
      for key in concat(["callback", "async_answer", "failed_answer", "housekeeping"], local.has_console ? ["console"] : []) : key => "${var.name}-${replace(key, "_", "-")}"
    },
    { for key, own in local.own_answers : key => "${var.name}-async-answer-${own.bot}" },
  )
  function_arn = "acs:fc:${var.region}:${local.account}:functions"

  # Unique within the region, 16 characters at most, and without the words that Tablestore refuses: the beginning of the
  # name, and digits that belong to this account. storage/instance_name.py makes the same one.
  tablestore_beginning = trim(substr(var.name, 0, min(10, length(var.name))), "-")
  tablestore_prefix    = can(regex("ali|ay|ots|taobao|admin", local.tablestore_beginning)) ? "rag" : local.tablestore_beginning
  tablestore_digits    = substr(sha256("${local.account}/${var.region}/${var.name}"), 0, 5)

  tablestore_instance = coalesce(var.tablestore_instance, "${local.tablestore_prefix}-${local.tablestore_digits}")
  tablestore_host     = !local.in_vpc ? "ots.aliyuncs.com" : "vpc.tablestore.aliyuncs.com"
  tablestore_endpoint = coalesce(
    var.tablestore_endpoint,
    "https://${local.tablestore_instance}.${var.region}.${local.tablestore_host}",
  )

  log_project = "${var.name}-${local.account}-${var.region}"
  log_store   = jsondecode(file("${path.module}/../logs/store.json")).logstoreName

  # The bots.yaml that was packaged; empty where it is not at hand.
  bots_yaml = yamldecode(fileexists(var.bots_file) ? file(var.bots_file) : "{bots: {}}")

  # Bots that are answered by a function of their own.
  own_answers = {
    for bot, settings in local.bots_yaml.bots : "async_answer_${replace(bot, "-", "_")}" => {
      bot         = bot
      instances   = try(settings.answer_function.instances, 1)
      concurrency = try(settings.answer_function.concurrency, 60)
    } if try(settings.answer_function, null) != null
  }

  # The administrators' console: bots.yaml has `console:` with settings, or `console: true`.
  console_settings = try(local.bots_yaml.console, null)
  has_console      = try(local.console_settings != null && tostring(local.console_settings) != "false", local.console_settings != null)

  # The key that signs its sessions is not in the environment under its usual name.
  session_key_elsewhere = try(local.console_settings.session_key, "env:CONSOLE_SESSION_KEY") != "env:CONSOLE_SESSION_KEY"

  # What DingTalk's address leads to.
  qualifier = var.canary == null ? "LATEST" : "live"
}

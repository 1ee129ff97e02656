# The four functions, and the console where bots.yaml has one. infra/s.yaml deploys the same ones; tests/infra/terraform compares every value.

locals {
  # Secrets that bots.yaml takes from the environment (env:NAME) and that have no value: a bot without its secret would
  # answer nothing.
  named_secrets   = distinct(flatten(regexall("\"env:([A-Z][A-Z0-9_]*)\"", jsonencode(local.bots_yaml))))
  given_secrets   = merge(var.dingtalk_secrets, var.callback_secrets, var.backend_secrets, var.console_secrets)
  missing_secrets = nonsensitive([for name in local.named_secrets : name if lookup(local.given_secrets, name, "") == ""])

  # The custom runtimes keep the wanted Python beside the system's own and do not look into layers by themselves.
  custom_environment = {
    PATH       = "/var/fc/lang/${local.runtime}/bin:/usr/local/bin:/usr/bin:/bin"
    PYTHONPATH = "/opt/python"
  }

  # What the functions that answer share. The callback gets none of it: it knows no storage and no knowledge base.
  answering_environment = merge(
    {
      TABLESTORE_ENDPOINT = local.tablestore_endpoint
      TABLESTORE_INSTANCE = local.tablestore_instance
      ANSWER_FUNCTION     = local.function_names["async_answer"]
      INVOKE_ENDPOINT     = var.invoke_endpoint
      BOTS_FILE           = "/code/bots.json"
      DINGTALK_API_URL    = var.dingtalk_api_url
      DINGTALK_OAPI_URL   = var.dingtalk_oapi_url
      LOG_LEVEL           = var.log_level
      LEASE_SECONDS       = tostring(var.lease_seconds)
      KMS_ENDPOINT        = var.kms_endpoint
    },
    var.dingtalk_secrets,
    var.backend_secrets,
  )

  # The administrators' pages, off by default. It queues runs of golden questions for async_answer: it has no key of a
  # knowledge base.
  console = {
    console = {
      description = "The administrators' pages"
      runtime     = local.custom_runtime
      command     = ["python3", "app.py"]
      # People look at pages a few at a time; while no one does, no instance runs and nothing is paid.
      instance_concurrency = 10
      cpu                  = 0.25
      memory_size          = 512
      timeout              = 60
      reserved_concurrency = 2
      queue                = null
      environment = merge(
        local.custom_environment,
        {
          TABLESTORE_ENDPOINT = local.tablestore_endpoint
          TABLESTORE_INSTANCE = local.tablestore_instance
          ANSWER_FUNCTION     = local.function_names["async_answer"]
          INVOKE_ENDPOINT     = var.invoke_endpoint
          BOTS_FILE           = "/code/bots.json"
          DINGTALK_API_URL    = var.dingtalk_api_url
          DINGTALK_OAPI_URL   = var.dingtalk_oapi_url
          DINGTALK_LOGIN_URL  = var.dingtalk_login_url
          DINGTALK_JSAPI_URL  = var.dingtalk_jsapi_url
          KMS_ENDPOINT        = var.kms_endpoint
        },
        var.dingtalk_secrets,
        var.console_secrets,
      )
    }
  }

  functions = merge({ for key, function in local.console : key => function if local.has_console }, {
    # DingTalk → queue. Answers within DingTalk's 2.5 s, so it is small and does nothing but check and queue.
    callback = {
      description = "Checks what DingTalk sends and queues it"
      # A cold start is what takes time here: with less vCPU it grows in proportion, and DingTalk does not wait.
      runtime = local.custom_runtime
      command = ["python3", "app.py"]
      # DingTalk pushes a message once. What finds no room is answered 429 and lost, and built-in runtimes take one
      # request at a time: a burst of 500 messages would need 500 instances.
      instance_concurrency = 50
      cpu                  = 0.25
      memory_size          = 256
      timeout              = 10
      # The bill's guard: this many instances, instance_concurrency pushes each.
      reserved_concurrency = var.instances.callback
      queue                = null
      environment = merge(
        local.custom_environment,
        {
          ANSWER_FUNCTION   = local.function_names["async_answer"]
          INVOKE_ENDPOINT   = var.invoke_endpoint
          BOTS_FILE         = "/code/bots.json"
          DINGTALK_OAPI_URL = var.dingtalk_oapi_url
          KMS_ENDPOINT      = var.kms_endpoint
        },
        var.dingtalk_secrets,
        var.callback_secrets,
      )
    }

    # Queue → answer. Waits on a model most of the time, so many answers share one instance.
    async_answer = {
      description          = "Asks the RAG backend and streams the reply into a card"
      runtime              = local.custom_runtime
      command              = ["python3", "app.py"]
      instance_concurrency = 60
      cpu                  = 0.5
      memory_size          = 512
      timeout              = 300
      # Answers at once at most: this many instances, instance_concurrency each. Further questions wait in the queue.
      reserved_concurrency = var.instances.async_answer
      queue = {
        retries = 2
        # An answer to a question of ten minutes ago is worse than none.
        age        = 600
        on_failure = "failed_answer"
      }
      environment = merge(local.custom_environment, local.answering_environment)
    }

    # Given-up answer → tell the person. Called by Function Compute when async_answer has failed for the last time.
    failed_answer = {
      description          = "Tells the person that there is no answer"
      cpu                  = 0.25
      memory_size          = 256
      timeout              = 120
      reserved_concurrency = var.instances.failed_answer
      queue                = { retries = 3, age = 3600, on_failure = null }
      environment          = local.answering_environment
    }

    # Timer → close what is stuck: cards whose owner died and never came back.
    housekeeping = {
      description          = "Closes cards that are stuck"
      cpu                  = 0.25
      memory_size          = 256
      timeout              = 120
      reserved_concurrency = 1
      # The next run comes in ten minutes anyway.
      queue       = { retries = 0, age = 600, on_failure = null }
      environment = local.answering_environment
    }
  })

  # Queue → answer, for one bot each: async_answer's program and role, in numbers of its own.
  own_functions = {
    for key, own in local.own_answers : key => merge(local.functions.async_answer, {
      program              = "async_answer"
      description          = "Answers the questions of the bot ${own.bot}"
      instance_concurrency = own.concurrency
      reserved_concurrency = own.instances
    })
  }

  all_functions = merge(local.functions, local.own_functions)
}

resource "alicloud_fcv3_function" "this" {
  for_each = local.all_functions

  function_name = local.function_names[each.key]
  description   = each.value.description
  role          = alicloud_ram_role.this[try(each.value.program, each.key)].arn
  layers        = [alicloud_fcv3_layer_version.common.layer_version_arn]

  runtime = try(each.value.runtime, local.runtime)
  # The provider asks for a handler even where a command starts the server.
  handler = "index.handler"

  cpu         = each.value.cpu
  memory_size = each.value.memory_size
  disk_size   = 512
  timeout     = each.value.timeout
  # Built-in runtimes take one request at a time; more is refused only when deployed.
  instance_concurrency = try(each.value.instance_concurrency, 1)

  # A function in a VPC leaves through it alone, or its address would not be fixed.
  internet_access       = !local.in_vpc
  environment_variables = each.value.environment

  code {
    oss_bucket_name = alicloud_oss_bucket.packages.bucket
    oss_object_name = alicloud_oss_bucket_object.package[try(each.value.program, each.key)].key
  }

  dynamic "custom_runtime_config" {
    for_each = try([each.value.command], [])
    content {
      command = custom_runtime_config.value
      port    = 9000
    }
  }

  dynamic "vpc_config" {
    for_each = local.in_vpc ? [local.vpc] : []
    content {
      vpc_id            = vpc_config.value.vpc_id
      vswitch_ids       = [vpc_config.value.vswitch_id]
      security_group_id = vpc_config.value.security_group_id
    }
  }

  # The pause switch: DingTalk's pushes are refused before an instance runs.
  dynamic "invocation_restriction" {
    for_each = var.paused && each.key == "callback" ? ["paused by Terraform"] : []
    content {
      disable = true
      reason  = invocation_restriction.value
    }
  }

  log_config {
    project                 = alicloud_log_project.this.project_name
    logstore                = alicloud_log_store.functions.logstore_name
    enable_request_metrics  = true
    enable_instance_metrics = false
    # One line is one JSON object; a rule would glue those together that do not begin like the platform's own.
    log_begin_rule = "None"
  }

  tags = var.tags

  lifecycle {
    precondition {
      condition     = length(local.missing_secrets) == 0
      error_message = "bots.yaml names secrets that have no value here: ${join(", ", local.missing_secrets)}. Set them in dingtalk_secrets, callback_secrets, backend_secrets or console_secrets."
    }
    precondition {
      condition     = each.key != "console" || local.session_key_elsewhere || length(lookup(var.console_secrets, "CONSOLE_SESSION_KEY", "")) >= 32
      error_message = "The console needs console_secrets = { CONSOLE_SESSION_KEY = … } of 32 characters or more, or `session_key: kms:name` under `console:` in bots.yaml."
    }
    precondition {
      condition     = length(local.function_names[each.key]) <= 64
      error_message = "${local.function_names[each.key]} is longer than the 64 characters of a function's name. Give the bot a shorter name."
    }
    precondition {
      condition     = sum([for name, value in each.value.environment : length(name) + length(value)]) <= 4096
      error_message = "The environment of ${local.function_names[each.key]} is larger than the 4 KB that Function Compute takes. Move secrets to KMS (kms:name in bots.yaml, kms_secrets here)."
    }
  }

  # A function that runs before its role may do anything fails its first questions.
  depends_on = [
    alicloud_ram_role_policy_attachment.this,
    alicloud_ram_role_policy_attachment.secret,
    alicloud_ram_role_policy_attachment.network,
    alicloud_ots_table.this,
    alicloud_ots_instance_attachment.this,
  ]
}

resource "alicloud_fcv3_concurrency_config" "this" {
  for_each = local.all_functions

  function_name        = alicloud_fcv3_function.this[each.key].function_name
  reserved_concurrency = each.value.reserved_concurrency
}

resource "alicloud_fcv3_async_invoke_config" "this" {
  for_each = { for key, function in local.all_functions : key => function.queue if function.queue != null }

  function_name = alicloud_fcv3_function.this[each.key].function_name
  qualifier     = "LATEST"
  # Task mode and instance_concurrency do not go together; duplicates are told apart by the turn's claim.
  async_task                     = false
  max_async_retry_attempts       = each.value.retries
  max_async_event_age_in_seconds = each.value.age

  dynamic "destination_config" {
    for_each = each.value.on_failure[*]
    content {
      on_failure {
        destination = "${local.function_arn}/${local.function_names[destination_config.value]}"
      }
    }
  }

  # The destination must exist.
  depends_on = [alicloud_fcv3_function.this]
}

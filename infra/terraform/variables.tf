# What a deployment decides. Everything has a default that fits a company of a few hundred people; a bot whose secrets are
# not in KMS needs dingtalk_secrets and backend_secrets. Sizes and timeouts of the functions are not here: they belong to
# the code and stand in functions.tf. docs/terraform.md lists all variables and outputs.

variable "dingtalk_secrets" {
  description = "Secrets that all functions read, by the environment variable that bots.yaml names: {DINGTALK_CLIENT_SECRET = \"…\"}. Those that bots.yaml takes from KMS (kms:name) stay empty."
  type        = map(string)
  sensitive   = true
  default     = { DINGTALK_CLIENT_SECRET = "" }

  validation {
    condition     = alltrue([for name in keys(var.dingtalk_secrets) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "Each key is an environment variable's name in capitals."
  }
  validation {
    condition     = alltrue([for name in keys(var.dingtalk_secrets) : !startswith(name, "FC_") && !startswith(name, "ALIBABA_CLOUD_")])
    error_message = "FC_* and ALIBABA_CLOUD_* belong to the platform. Use other names in bots.yaml."
  }
}

variable "backend_secrets" {
  description = "API keys of the knowledge bases, by the environment variable that bots.yaml names. The callback does not get them."
  type        = map(string)
  sensitive   = true
  default = {
    ANYTHINGLLM_API_KEY = ""
    DIFY_API_KEY        = ""
    OPENAI_API_KEY      = ""
    BAILIAN_API_KEY     = ""
    DASHSCOPE_API_KEY   = ""
  }

  validation {
    condition     = alltrue([for name in keys(var.backend_secrets) : can(regex("^[A-Z][A-Z0-9_]*$", name)) && !startswith(name, "FC_") && !startswith(name, "ALIBABA_CLOUD_")])
    error_message = "Each key is an environment variable's name in capitals; FC_* and ALIBABA_CLOUD_* belong to the platform."
  }
}

variable "callback_secrets" {
  description = "What only the callback reads: the second client secret during a change, and what signs clicks and seals events."
  type        = map(string)
  sensitive   = true
  default = {
    DINGTALK_CLIENT_SECRET_NEXT = ""
    DINGTALK_CARD_SECRET        = ""
    DINGTALK_EVENT_TOKEN        = ""
    DINGTALK_AES_KEY            = ""
  }

  validation {
    condition     = alltrue([for name in keys(var.callback_secrets) : can(regex("^[A-Z][A-Z0-9_]*$", name)) && !startswith(name, "FC_") && !startswith(name, "ALIBABA_CLOUD_")])
    error_message = "Each key is an environment variable's name in capitals; FC_* and ALIBABA_CLOUD_* belong to the platform."
  }
}

variable "kms_endpoint" {
  description = "Where secrets named kms:… are asked for. Empty: KMS of this region."
  type        = string
  default     = ""
}

# Names and places -----------------------------------------------------------------------------------------------

variable "name" {
  description = "Begins the name of everything that is created, so that two deployments can share an account."
  type        = string
  default     = "rag-on-dingtalk"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,28}[a-z0-9]$", var.name))
    error_message = "The name must be 3 to 30 lower-case letters, digits and hyphens, and begin with a letter: roles, buckets and log projects are named after it."
  }
}

variable "region" {
  description = "Where everything runs. Built-in Python 3.12 is not offered in every region; see python."
  type        = string
  default     = "cn-hangzhou"

  validation {
    condition     = can(regex("^[a-z]{2}-[a-z]+(-[0-9]+)?$", var.region))
    error_message = "The region must be an id such as cn-hangzhou or ap-southeast-1."
  }
}

variable "python" {
  description = "Python of all functions; the packages must have been built for the same one. 3.10 is offered in every region."
  type        = string
  default     = "3.12"

  validation {
    condition     = contains(["3.12", "3.10"], var.python)
    error_message = "Function Compute has Python 3.12 (custom.debian11) and 3.10 (custom.debian10) both built in and in a custom runtime. Choose one of them."
  }
}

variable "packages" {
  description = "Folder with layer.zip and one zip a function. Null: dist/python<version> of this repository."
  type        = string
  default     = null
}

variable "bots_file" {
  description = "The bots.yaml that was packaged; only names are read: of the bots, for the addresses in the outputs, and of the secrets."
  type        = string
  default     = "../../bots.yaml"
}

variable "tags" {
  description = "Put on everything that takes tags."
  type        = map(string)
  default     = {}
}

# Manners of the bot ---------------------------------------------------------------------------------------------

variable "log_level" {
  description = "What async_answer and its companions write to the log."
  type        = string
  default     = "INFO"

  validation {
    condition     = contains(["DEBUG", "INFO", "WARNING", "ERROR"], var.log_level)
    error_message = "The log level must be DEBUG, INFO, WARNING or ERROR."
  }
}

variable "lease_seconds" {
  description = "How long a crashed answer keeps its question from the retry."
  type        = number
  default     = 30

  validation {
    condition     = var.lease_seconds >= 5 && var.lease_seconds <= 300
    error_message = "The lease must be from 5 to 300 seconds: shorter than a write to Tablestore may take, or longer than one answer, makes no sense."
  }
}

variable "dingtalk_api_url" {
  description = "DingTalk's OpenAPI: cards, messages, the directory."
  type        = string
  default     = "https://api.dingtalk.com"

  validation {
    condition     = startswith(var.dingtalk_api_url, "https://")
    error_message = "The address must begin with https://."
  }
}

variable "dingtalk_oapi_url" {
  description = "DingTalk's old API, which serves session webhooks."
  type        = string
  default     = "https://oapi.dingtalk.com"

  validation {
    condition     = startswith(var.dingtalk_oapi_url, "https://")
    error_message = "The address must begin with https://."
  }
}

variable "dingtalk_login_url" {
  description = "Where the console sends people to sign in."
  type        = string
  default     = "https://login.dingtalk.com"

  validation {
    condition     = startswith(var.dingtalk_login_url, "https://")
    error_message = "The address must begin with https://."
  }
}

variable "dingtalk_jsapi_url" {
  description = "The script that DingTalk's client offers to pages in it, for signing in to the console there. Empty: DingTalk's own address of it."
  type        = string
  default     = ""
}

variable "invoke_endpoint" {
  description = "Where the callback invokes async_answer. Empty: the account's public host in this region."
  type        = string
  default     = ""

  validation {
    condition     = var.invoke_endpoint == "" || startswith(var.invoke_endpoint, "https://")
    error_message = "The address must be empty or begin with https://."
  }
}

# Sizes ----------------------------------------------------------------------------------------------------------

variable "instances" {
  description = "How many instances each function may have at most: the bill's guard. An instance of callback takes 50 pushes at once, one of async_answer 60 answers. docs/quotas.md has numbers for larger companies."
  type = object({
    callback      = optional(number, 20)
    async_answer  = optional(number, 5)
    failed_answer = optional(number, 3)
  })
  default = {}

  validation {
    condition     = alltrue([for number in values(var.instances) : number >= 1 && floor(number) == number])
    error_message = "Every function needs at least one instance, in whole numbers. To stop the bot, set paused = true."
  }
  validation {
    # One more is housekeeping's.
    condition     = sum(concat(values(var.instances), [for own in values(local.own_answers) : own.instances])) + 1 <= 0.9 * var.account_instances
    error_message = "Function Compute lets 90 % of an account's instances be reserved, other deployments' included. Reserve fewer, or have the quota raised and set account_instances."
  }
}

variable "account_instances" {
  description = "The account's quota of instances in this region (Quota Center > Function Compute). A fresh account has 100."
  type        = number
  default     = 100
}

variable "paused" {
  description = "The pause switch: true, and DingTalk's pushes are refused before anything runs or costs."
  type        = bool
  default     = false
}

# Storage --------------------------------------------------------------------------------------------------------

variable "tablestore_instance" {
  description = "Name of the Tablestore instance, unique within the region. Null: the beginning of name, and digits that belong to the account."
  type        = string
  default     = null

  validation {
    condition     = var.tablestore_instance == null ? true : can(regex("^[a-zA-Z][a-zA-Z0-9-]{1,14}[a-zA-Z0-9]$", var.tablestore_instance))
    error_message = "The Tablestore instance's name has 3 to 16 letters, digits and hyphens, and begins with a letter."
  }
  validation {
    condition     = var.tablestore_instance == null ? true : !can(regex("ali|ay|ots|taobao|admin", lower(var.tablestore_instance)))
    error_message = "Tablestore refuses names that contain ali, ay, ots, taobao or admin. Choose another tablestore_instance."
  }
}

variable "tablestore_type" {
  description = "HighPerformance answers in milliseconds; Capacity is cheaper and slower."
  type        = string
  default     = "HighPerformance"

  validation {
    condition     = contains(["HighPerformance", "Capacity"], var.tablestore_type)
    error_message = "The type must be HighPerformance or Capacity. It cannot be changed afterwards."
  }
}

variable "tablestore_endpoint" {
  description = "Where the functions find Tablestore. Null: the public host, or the VPC's host when there is a network."
  type        = string
  default     = null
}

variable "log_retention_days" {
  description = "How many days logs are kept. In China's mainland network logs must be kept for six months. Null: what infra/logs/store.json says, 180."
  type        = number
  default     = null

  validation {
    condition     = var.log_retention_days == null ? true : var.log_retention_days >= 1 && var.log_retention_days <= 3650
    error_message = "Log Service keeps logs from 1 to 3650 days."
  }
}

variable "audit_retention_days" {
  description = "How many days the audit's copy is kept: a store of its own, which lives as long as the table unless you say otherwise, and never less than 180 days."
  type        = number
  default     = 400

  validation {
    condition     = var.audit_retention_days >= 180 && var.audit_retention_days <= 3650
    error_message = "The audit is kept from 180 to 3650 days."
  }
}

variable "bucket" {
  description = "Name of the OSS bucket for the packages. Null: built from name, account and region, because bucket names are shared by the whole world."
  type        = string
  default     = null
}

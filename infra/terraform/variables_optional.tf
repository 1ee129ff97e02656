# Parts that a deployment may have or not. Null or empty: it has not.

variable "kms_secrets" {
  description = "Secrets that bots.yaml takes from KMS (kms:name), and who reads them: all (DingTalk's) or answers (a knowledge base's). Give a value to have the secret created; the value is then in the state file, so keep that one safe."
  type = map(object({
    readers = optional(string, "all")
    create  = optional(bool, false)
  }))
  default = {}

  validation {
    condition     = alltrue([for secret in values(var.kms_secrets) : contains(["all", "answers"], secret.readers)])
    error_message = "readers must be all or answers."
  }
}

variable "kms_secret_values" {
  description = "Values of the kms_secrets that are to be created, by name."
  type        = map(string)
  sensitive   = true
  default     = {}

  validation {
    condition     = alltrue([for name, secret in var.kms_secrets : !secret.create || contains(keys(var.kms_secret_values), name)])
    error_message = "Every KMS secret with create = true needs its value in kms_secret_values."
  }
}

variable "kms_instance" {
  description = "KMS instance and key for the secrets that are created here."
  type = object({
    id     = string
    key_id = string
  })
  default = null

  validation {
    condition     = var.kms_instance != null || !anytrue([for secret in values(var.kms_secrets) : secret.create])
    error_message = "A secret can only be created in a KMS instance. Set kms_instance, or create the secret elsewhere and leave create out."
  }
}

variable "kms_recovery_days" {
  description = "How many days a deleted KMS secret can be brought back. Its name is taken for as long."
  type        = number
  default     = 7

  validation {
    condition     = var.kms_recovery_days >= 7 && var.kms_recovery_days <= 30
    error_message = "KMS keeps a deleted secret from 7 to 30 days."
  }
}

variable "network" {
  description = "A new VPC with one fixed egress address, for DingTalk's IP allow-list. It does not reach a knowledge base in a VPC that you have: that is vpc. Costs a NAT gateway by the hour. Null: Function Compute's shared addresses."
  type = object({
    zone         = string
    cidr         = optional(string, "172.16.0.0/16")
    vswitch_cidr = optional(string, "172.16.0.0/24")
  })
  default = null

  validation {
    condition     = var.network == null ? true : can(cidrhost(var.network.cidr, 0)) && can(cidrhost(var.network.vswitch_cidr, 0))
    error_message = "cidr and vswitch_cidr must be networks such as 172.16.0.0/16."
  }
  validation {
    condition     = var.network == null ? true : startswith(var.network.zone, var.region)
    error_message = "The zone must be one of the region, such as cn-hangzhou-i."
  }
}

variable "vpc" {
  description = "A VPC that you have, to reach a knowledge base in it. The functions then leave through it alone: it needs a NAT gateway with an address of its own, or they do not reach DingTalk."
  type = object({
    vpc_id            = string
    vswitch_id        = string
    security_group_id = string
  })
  default = null

  validation {
    condition     = var.vpc == null || var.network == null
    error_message = "Choose one: vpc for a network that you have, network for a new one."
  }
}

variable "custom_domain" {
  description = "A domain of yours for the callback, with its certificate in PEM. In China's mainland it must have an ICP filing, and its CNAME must lead to <account>.<region>.fc.aliyuncs.com before this is applied. Null: the trigger's own address."
  type = object({
    name        = string
    certificate = string
    private_key = string
  })
  sensitive = true
  default   = null

  validation {
    condition     = var.custom_domain == null ? true : can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.custom_domain.name))
    error_message = "The domain must be a bare name such as bot.example.com, without https:// and path."
  }
}

variable "console_secrets" {
  description = "What only the console reads: the key that signs its sessions, of 32 characters or more, and the token of /metrics. Needed where bots.yaml has `console:` and does not take the key from KMS."
  type        = map(string)
  sensitive   = true
  default = {
    CONSOLE_SESSION_KEY = ""
    METRICS_TOKEN       = ""
  }

  validation {
    condition     = alltrue([for name in keys(var.console_secrets) : can(regex("^[A-Z][A-Z0-9_]*$", name)) && !startswith(name, "FC_") && !startswith(name, "ALIBABA_CLOUD_")])
    error_message = "Each key is an environment variable's name in capitals; FC_* and ALIBABA_CLOUD_* belong to the platform."
  }
}

variable "console_domain" {
  description = "A domain of yours for the console, with its certificate in PEM, the one that console.url in bots.yaml names. Without it the console has the trigger's address only, whose pages a browser downloads instead of showing them. ICP filing and CNAME as for custom_domain."
  type = object({
    name        = string
    certificate = string
    private_key = string
  })
  sensitive = true
  default   = null

  validation {
    condition     = var.console_domain == null ? true : can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.console_domain.name))
    error_message = "The domain must be a bare name such as console.example.com, without https:// and path."
  }
}

variable "alarm_webhook" {
  description = "A custom robot of a DingTalk group that is told when a question is given up or the callback fails: its address, and its signing secret (SEC…). Webhook and action policy are made. Null: see alarms."
  type = object({
    url    = string
    secret = optional(string, "")
  })
  sensitive = true
  default   = null

  validation {
    condition     = var.alarm_webhook == null ? true : startswith(var.alarm_webhook.url, "https://")
    error_message = "The webhook's address must begin with https://."
  }
}

variable "alarms" {
  description = "The same by an action policy of Log Service that exists already (console > Alerts > Notification management), for other channels: its id. Null and no alarm_webhook: there are no alarms."
  type = object({
    action_policy   = optional(string)
    alert_policy    = optional(string, "sls.builtin.dynamic")
    repeat_interval = optional(string, "1h")
  })
  default = null

  validation {
    condition     = var.alarms == null ? true : var.alarms.action_policy != null || nonsensitive(var.alarm_webhook != null)
    error_message = "alarms needs an action_policy, or alarm_webhook beside it."
  }
}

variable "releases" {
  description = "Labels of published versions of callback, oldest first: a label that is added publishes what is deployed; one that is taken out deletes that version."
  type        = list(string)
  default     = []
}

variable "canary" {
  description = "Lets the address lead to the alias live: pushes go to the release stable, and the share weight of them to next. The trigger's own address changes when this is set, a domain of yours does not. Null: all go to what is deployed last."
  type = object({
    stable = string
    next   = optional(string)
    weight = optional(number, 0)
  })
  default = null

  validation {
    condition     = var.canary == null ? true : alltrue([for label in compact([var.canary.stable, var.canary.next]) : contains(var.releases, label)])
    error_message = "stable and next must be labels of releases."
  }
  validation {
    condition     = var.canary == null ? true : var.canary.weight >= 0 && var.canary.weight < 1
    error_message = "weight is the share of pushes that next gets: from 0 to less than 1."
  }
}

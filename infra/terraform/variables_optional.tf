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

variable "network" {
  description = "A VPC of its own with one fixed egress address, for DingTalk's IP allow-list. Costs a NAT gateway by the hour. Null: Function Compute's shared addresses."
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

variable "alarms" {
  description = "Who is told when a question is given up or the callback fails: the id of an action policy of Log Service (console > Alerts > Notification management). Null: nobody."
  type = object({
    action_policy   = string
    alert_policy    = optional(string, "sls.builtin.dynamic")
    repeat_interval = optional(string, "1h")
  })
  default = null
}

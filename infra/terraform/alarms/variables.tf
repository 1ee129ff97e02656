variable "name" {
  description = "Begins the name of every alarm, as it begins the functions' names."
  type        = string
}

variable "region" {
  description = "The region of the log project."
  type        = string
}

variable "project" {
  description = "The log project that the functions write to."
  type        = string
}

variable "logstore" {
  description = "The log store in it."
  type        = string
  default     = "functions"
}

variable "webhook" {
  description = "A custom robot of a DingTalk group that is told: its address, and its signing secret (SEC…). Null: action_policy names the receiver."
  type = object({
    url    = string
    secret = optional(string, "")
  })
  sensitive = true
  default   = null
}

variable "action_policy" {
  description = "The id of an action policy that exists already. Null: one is made for the webhook."
  type        = string
  default     = null

  validation {
    condition     = var.action_policy != null || var.webhook != null
    error_message = "Alarms need a receiver: set a webhook, or the id of an action policy that exists."
  }
}

variable "alert_policy" {
  description = "The alert policy that groups alarms; the built-in one groups nothing."
  type        = string
  default     = "sls.builtin.dynamic"
}

variable "repeat_interval" {
  description = "How long an alarm that goes on is not told again."
  type        = string
  default     = "1h"
}

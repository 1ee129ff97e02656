variable "name" {
  description = "Begins the names of role and policy, as it begins the functions' names."
  type        = string
}

variable "project" {
  description = "The log project that the functions write to."
  type        = string
}

variable "logstore" {
  description = "The log store in it, whose lines are copied."
  type        = string
}

variable "days" {
  description = "How many days the copy is kept."
  type        = number

  validation {
    condition     = var.days >= 180 && var.days <= 3650
    error_message = "The audit is kept from 180 to 3650 days."
  }
}

variable "policy_values" {
  description = "What the placeholders of infra/policies and infra/logs stand for."
  type        = map(string)
}

variable "tags" {
  description = "On the role and its policy."
  type        = map(string)
  default     = {}
}

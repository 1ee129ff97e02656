variable "name" {
  description = "Begins the name of everything that is created."
  type        = string
  default     = "anythingllm"
}

variable "region" {
  description = "The region of the bot."
  type        = string
  default     = "cn-hangzhou"
}

variable "zone" {
  description = "A zone of the region in which Function Compute offers vSwitches, such as cn-hangzhou-i."
  type        = string

  validation {
    condition     = startswith(var.zone, var.region)
    error_message = "The zone must be one of the region, such as cn-hangzhou-i."
  }
}

variable "image_id" {
  description = "A Debian or Ubuntu image of the region (ECS console > Images > Public images)."
  type        = string
}

variable "instance_type" {
  description = "AnythingLLM itself needs 2 vCPU and 4 GB; its model is elsewhere."
  type        = string
  default     = "ecs.c7.large"
}

variable "anythingllm_image" {
  description = "The container image with its version."
  type        = string
  default     = "mintplexlabs/anythingllm:1.16.0"
}

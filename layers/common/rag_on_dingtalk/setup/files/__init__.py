"""The files setup writes: `bots.yaml`, `.env`, `terraform.tfvars`."""

"""`infra/s.yaml`, read as Serverless Devs reads it."""

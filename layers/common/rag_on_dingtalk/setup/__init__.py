"""`setup`: from nothing to a deployment that can begin, and the same again at any time later.

`answers` and `asking` find out what is wanted; `env_file`, `tfvars` and `bots_edit` change files and keep
what they do not know; `ram`, `instance`, `tables` and `logs` are the steps in the cloud, `cloud` and
`log_service` the wire; `run` puts it all in order. Tools only: no function imports this package.
"""

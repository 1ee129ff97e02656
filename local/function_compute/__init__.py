"""Function Compute on one machine: the functions of `infra/s.yaml` as real processes behind real HTTP."""

from local.function_compute.expressions import SYamlError
from local.function_compute.host import FunctionComputeHost
from local.function_compute.invocation import Outcome
from local.function_compute.observation import HostEvent

__all__ = ["FunctionComputeHost", "HostEvent", "Outcome", "SYamlError"]

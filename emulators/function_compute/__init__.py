"""Function Compute on one machine: the functions of `infra/s.yaml` as real processes behind real HTTP."""

from emulators.function_compute.description.expressions import SYamlError
from emulators.function_compute.host import FunctionComputeHost
from emulators.function_compute.invocation import Outcome
from emulators.function_compute.observation import HostEvent, InstanceRun, Stall

__all__ = ["FunctionComputeHost", "HostEvent", "InstanceRun", "Outcome", "SYamlError", "Stall"]

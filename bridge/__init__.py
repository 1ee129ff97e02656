"""The bridge: DingTalk's Stream mode → the same queue that the callback function fills.

For organisations that may not open a public address: one small program that must always run, as a container
on any machine that reaches DingTalk and Function Compute on port 443. All behind the queue is unchanged.

```
__main__      the composition root: environment, signals, exit status
app           every bot in Stream mode with its connection
handing_over  a push → the queue → its acknowledgement
retries       messages that the queue did not take
health        /healthz, /readyz, /metrics
metrics       what happened, as text for Prometheus
```
"""

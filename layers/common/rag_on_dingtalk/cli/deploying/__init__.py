"""Commands of the engineer who deploys: settings, tables, plug-ins, the way from DingTalk to the backends."""

"""What setup makes in Alibaba Cloud: roles, the Tablestore instance, its tables, the log project."""

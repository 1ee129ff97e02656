"""What the bots share in Alibaba Cloud: the function, Tablestore and its tables."""

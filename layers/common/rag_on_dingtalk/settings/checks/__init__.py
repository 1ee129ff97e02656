"""What types cannot say of bots.yaml: rules within a bot and between bots."""

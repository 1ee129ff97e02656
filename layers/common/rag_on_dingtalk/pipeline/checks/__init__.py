"""What the stages of safety share: masked questions and replies, files that are looked through."""

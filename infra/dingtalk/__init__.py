"""`python -m infra.dingtalk.template`: the bot's AI card as a file that DingTalk's card platform imports."""

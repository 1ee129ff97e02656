"""Who is there: DingTalk's logins, the session in a cookie, and what proves that a form is ours."""

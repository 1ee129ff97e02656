"""The application API of Alibaba Cloud Model Studio (百炼), as its documentation and its SDK have it."""

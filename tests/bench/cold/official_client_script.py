"""Our callback with the official FC client in the place of our own: what the client costs a cold start."""

import os

import app  # type: ignore[import-not-found]  # functions/callback is on the path
from alibabacloud_fc20230330 import models
from alibabacloud_fc20230330.client import Client
from alibabacloud_tea_openapi.utils_models import Config
from darabonba.runtime import RuntimeOptions

from rag_on_dingtalk.cloud.fc_invoke import AsyncInvoker

client = Client(
    Config(
        access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
        region_id="cn-hangzhou",
        endpoint=os.environ["INVOKE_ENDPOINT"].removeprefix("http://"),
        protocol="http",
    )
)


def enqueue(_: AsyncInvoker, payload: bytes) -> str:
    response = client.invoke_function_with_options(
        os.environ["ANSWER_FUNCTION"],
        models.InvokeFunctionRequest(body=payload),
        models.InvokeFunctionHeaders(x_fc_invocation_type="Async"),
        RuntimeOptions(),
    )
    return str(response.headers["x-fc-request-id"])


AsyncInvoker.enqueue = enqueue  # type: ignore[method-assign,assignment]
app.main()

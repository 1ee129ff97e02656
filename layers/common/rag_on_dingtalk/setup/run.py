"""The whole of setup in its order: what is known, files, cloud, checks, and what a person has to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rag_on_dingtalk.cloud.acs3 import Credentials
from rag_on_dingtalk.doctor.cloud import tables
from rag_on_dingtalk.doctor.examination import Wish, examine
from rag_on_dingtalk.doctor.line import exit_status
from rag_on_dingtalk.errors import ConfigurationError
from rag_on_dingtalk.setup.asking import questions
from rag_on_dingtalk.setup.asking.answers import Answers
from rag_on_dingtalk.setup.asking.secrets import find_secrets
from rag_on_dingtalk.setup.cloud.calls import Cloud
from rag_on_dingtalk.setup.cloud.endpoints import Endpoints
from rag_on_dingtalk.setup.cloud.log_facts import read_log_facts
from rag_on_dingtalk.setup.cloud.steps import all_steps, carry_out, commands
from rag_on_dingtalk.setup.console import pasting
from rag_on_dingtalk.setup.files import env_file, folder
from rag_on_dingtalk.setup.files.bots import wanted_bots
from rag_on_dingtalk.setup.files.drafts import PLACEHOLDER, env_draft, shown, tfvars_draft
from rag_on_dingtalk.setup.files.reserved import RENAMED
from rag_on_dingtalk.setup.place import CONSOLE, Place, Road, rows_endpoint
from rag_on_dingtalk.storage.instance_name import default_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rag_on_dingtalk.doctor.line import Line
    from rag_on_dingtalk.settings.bot import Bots
    from rag_on_dingtalk.setup.asking.secrets import KnownSecret
    from rag_on_dingtalk.setup.files.folder import Draft
    from rag_on_dingtalk.setup.task import Surroundings, Task

_KEY_ID = "ALIBABA_CLOUD_ACCESS_KEY_ID"
_KEY_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_SECRET"  # noqa: S105 - a variable's name
_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"  # noqa: S105 - a variable's name


class Setup:
    """One run."""

    def __init__(self, task: Task, around: Surroundings) -> None:
        self._task = task
        self._around = around
        self._say = around.say
        self._env_path = task.folder / ".env"
        self._bots_path = task.folder / "bots.yaml"
        self._tfvars_path = task.root / "infra" / "terraform" / "terraform.tfvars"
        if task.folder != task.root:
            self._tfvars_path = task.folder / "terraform.tfvars"
        self._env_text = folder.read(self._env_path)
        self._bots_text = folder.read(self._bots_path)
        env = {} if self._env_text is None else env_file.read(self._env_text)
        known = {**around.environ, **{name: value for name, value in env.items() if value}}
        for name, before in RENAMED.items():
            if name not in known and env.get(before):
                known[name] = env[before]
        # What a copied .env.example holds in the place of an answer.
        known = {name: value for name, value in known.items() if not PLACEHOLDER.fullmatch(value)}
        self._logs = read_log_facts(task.root / "infra" / "logs")
        self._answers = Answers(flags=task.flags, answers=task.answers, known=known, person=around.person)

    async def carry_out(self) -> int:
        """Do it; the exit status.

        Raises:
            BotError: it cannot go on; says what happened and what to do.
        """
        task, answers = self._task, self._answers
        road = cast("Road", answers.to(questions.ROAD, self._road_so_far()))
        region, app, python = (answers.to(one) for one in questions.PLACE)
        answers.check_complete()
        credentials = self._credentials(needed=road == "s" and not (task.dry or task.by_hand))
        cloud = Cloud(
            self._around.web,
            endpoints=Endpoints.of(region, self._around.environ),
            region=region,
            credentials=credentials or Credentials("", ""),
        )
        account = await self._account(cloud if credentials else None)
        instance = answers.to(questions.INSTANCE, default_name(app, account, region))
        place = Place(
            road=road,
            region=region,
            app=app,
            python=python,
            account=account,
            instance=instance,
            endpoint=self._endpoint(instance, region),
            log_store=self._logs.functions.name,
            log_days=int(answers.to(questions.LOG_DAYS)),
        )
        text, bots = wanted_bots(self._bots_text, answers)
        secrets = find_secrets(bots, answers, self._around.make)
        answers.check_complete()
        self._write(self._drafts(place, text, secrets))
        lines = await self._cloud(place, cloud, credentials, console=bots.console is not None)
        if task.doctor and not task.dry:
            lines += await self._doctor(place, secrets, credentials)
        for line in pasting(bots, task.url, place.role(CONSOLE)):
            self._say(line)
        self._next(place, bots)
        return exit_status(lines)

    def _road_so_far(self) -> str:
        """The road of a run before this one, by the file it left."""
        return "terraform" if self._env_text is not None and self._tfvars_path.exists() else ""

    def _credentials(self, *, needed: bool) -> Credentials | None:
        answers = self._answers
        if not needed and not (answers.known(_KEY_ID) and answers.known(_KEY_SECRET)):
            return None
        key_id = answers.secret(_KEY_ID, "access key that may make roles, tables and logs, its id")
        secret = answers.secret(_KEY_SECRET, "the same key's secret")
        answers.check_complete()
        return Credentials(key_id, secret, answers.known(_TOKEN))

    async def _account(self, cloud: Cloud | None) -> str:
        if cloud is None:
            account = self._answers.to(questions.ACCOUNT)
            self._answers.check_complete()
            return account
        account = await cloud.account()
        told = self._answers.given(questions.ACCOUNT) or self._answers.known("DEPLOY_ACCOUNT_ID")
        if told and told != account:
            raise ConfigurationError(
                f"The access key belongs to account {account}, and account_id is {told}. Use the key of that "
                "account, or correct DEPLOY_ACCOUNT_ID in .env."
            )
        return account

    def _endpoint(self, instance: str, region: str) -> str:
        """What is set up stays, but for the address of another instance."""
        known = self._answers.known("TABLESTORE_ENDPOINT")
        before = self._answers.known("TABLESTORE_INSTANCE")
        if known and (not before or before == instance):
            return known
        return rows_endpoint(instance, region)

    def _drafts(self, place: Place, bots: str, secrets: Sequence[KnownSecret]) -> list[Draft]:
        example = folder.read(self._task.root / ".env.example") or ""
        drafts = [
            env_draft(self._env_path, self._env_text, example, place, secrets, url=self._task.url),
            folder.draft_of_text(self._bots_path, self._bots_text, bots),
        ]
        if place.road == "terraform":
            text = folder.read(self._tfvars_path)
            drafts.append(tfvars_draft(self._tfvars_path, text, place, secrets))
        return drafts

    def _write(self, drafts: Sequence[Draft]) -> None:
        changing = [draft for draft in drafts if draft.changes or draft.opens]
        for draft in drafts:
            for line in shown(draft):
                self._say(line)
        if not changing:
            return
        if self._task.dry:
            self._say("Nothing was written: --dry-run.")
            return
        if not self._around.confirm("Write this?"):
            raise ConfigurationError("Nothing was written. Run setup again with other answers.")
        for draft in changing:
            folder.write(draft)
            self._say(f"✓ {draft.path}: written.")

    async def _cloud(
        self, place: Place, cloud: Cloud, credentials: Credentials | None, *, console: bool
    ) -> list[Line]:
        if place.road == "terraform":
            self._say("Roles, tables and logs: Terraform makes them.")
            return []
        steps = all_steps(
            place,
            cloud,
            policies=self._task.root / "infra" / "policies",
            logs=self._logs,
            credentials=credentials or Credentials("", ""),
            sleep=self._around.sleep,
            console=console,
        )
        if self._task.by_hand or credentials is None:
            why = "by hand" if self._task.by_hand else "without an access key what is there is not known"
            self._say(f"Roles, tables and logs ({why}):")
            for command in commands(steps):
                self._say(f"  {command}")
            return []
        lines = []
        async for line in carry_out(
            steps, dry=self._task.dry, confirm=self._around.confirm, run=self._around.run
        ):
            self._say(str(line))
            lines.append(line)
        return lines

    async def _doctor(
        self, place: Place, secrets: Sequence[KnownSecret], credentials: Credentials | None
    ) -> list[Line]:
        environ = {**self._around.environ, **place.env, **{secret.name: secret.value for secret in secrets}}
        if credentials is not None:
            environ |= {
                _KEY_ID: credentials.access_key_id,
                _KEY_SECRET: credentials.access_key_secret,
                _TOKEN: credentials.security_token,
            }
        # On one road the steps have tried the tables, on the other Terraform makes them later.
        known = () if place.road == "terraform" and self._task.url else (tables.TABLES, tables.PERMISSIONS)
        wish = Wish(bots=self._bots_path, url=self._task.url, deployed=bool(self._task.url))
        lines = []
        async for line in examine(wish, environ, self._around.web):
            if line.subject not in known:
                self._say(str(line))
                lines.append(line)
        return lines

    def _next(self, place: Place, bots: Bots) -> None:
        python = ".venv/bin/python -m rag_on_dingtalk"
        load = "set -a; . ./.env; set +a"
        steps = ["make package" if place.python == "3.12" else f"make package PYTHON={place.python}"]
        own = bots.console is not None or any(bot.answer_function for bot in bots.bots.values())
        if place.road == "terraform":
            if bots.console is not None:
                steps.append("# Put the console's domain and its certificate into console_domain.")
            steps.append("terraform -chdir=infra/terraform apply")
        elif own:
            steps.append(".venv/bin/python -m infra.answer_functions")
            steps.append(f"{load}; s deploy -t infra/s.bots.yaml")
            if bots.console is not None:
                steps.append(f"# Bind the console's domain to the function {place.role(CONSOLE)}.")
        else:
            steps.append(f"{load}; s deploy -t infra/s.yaml")
        if any(bot.dingtalk.card_callback for bot in bots.bots.values()):
            steps.append(f"{load}; {python} register-cards")
        steps.append(f"{python} setup --url https://…   # the callback's address")
        self._say("Then:")
        for step in steps[:-1] if self._task.url else steps:
            self._say(f"  {step}")

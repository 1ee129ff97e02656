"""The other side of every wire, built from the settings: the cloud, DingTalk, the company."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from devserver.settings import ACCESS_KEY_ID, ACCESS_KEY_SECRET, INSTANCE, KNOWLEDGE_KEY
from devserver.wiring.company import COMPANY_KEY, LEAVE
from emulators.company import CompanyEmulator
from emulators.content_moderation import ModerationEmulator
from emulators.dingtalk import DingTalkSide
from emulators.kms import KmsEmulator
from emulators.rag_server import KnowledgeServer
from emulators.tablestore import TablestoreEmulator

if TYPE_CHECKING:
    from collections.abc import Callable

    from devserver.settings import Settings
    from devserver.wiring.local_bots import LocalBots
    from emulators.faults import FaultBoard
    from emulators.tablestore import RequestRecord


class Service(Protocol):
    """What can be started and stopped."""

    async def start(self) -> None:
        """Serve."""
        ...

    async def stop(self) -> None:
        """Close every port."""
        ...


@dataclass(frozen=True)
class Services:
    """The emulated services of one system."""

    dingtalk: DingTalkSide
    tablestore: TablestoreEmulator
    kms: KmsEmulator
    moderation: ModerationEmulator
    company: CompanyEmulator
    knowledge: KnowledgeServer

    def here(self, *, with_dingtalk: bool) -> tuple[Service, ...]:
        """Those to start, in order; with_dingtalk: the real one is not used."""
        others = self.tablestore, self.kms, self.moderation, self.company, self.knowledge
        return (self.dingtalk, *others) if with_dingtalk else others


def build_services(
    settings: Settings,
    local_bots: LocalBots,
    faults: FaultBoard,
    *,
    on_request: Callable[[RequestRecord], None],
) -> Services:
    """The services, not started yet.

    on_request: told of every request to Tablestore.
    """
    credentials = {ACCESS_KEY_ID: ACCESS_KEY_SECRET}
    return Services(
        dingtalk=DingTalkSide(
            robots=local_bots.robots(),
            faults=faults,
            qps=settings.qps,
            monthly_calls=settings.monthly_calls,
        ),
        tablestore=TablestoreEmulator(
            instance=INSTANCE,
            credentials=credentials,
            path=settings.data and settings.data / "tablestore.sqlite",
            faults=faults,
            on_request=on_request,
        ),
        kms=KmsEmulator(
            secrets={**settings.kms_secrets, **local_bots.moved_to_kms()},
            credentials=credentials,
            faults=faults,
        ),
        moderation=ModerationEmulator(credentials=credentials, faults=faults),
        company=CompanyEmulator(key=COMPANY_KEY, faults=faults, leave=LEAVE),
        knowledge=KnowledgeServer(
            api_key=KNOWLEDGE_KEY,
            faults=faults,
            kind=settings.backend_kind,
            app=settings.backend_app,
            version=settings.backend_version,
            piece_delay=settings.piece_delay,
            history=settings.data and settings.data / "knowledge.sqlite",
            environment=settings.environ,
        ),
    )

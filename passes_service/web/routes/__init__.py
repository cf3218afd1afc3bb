"""One module per API resource: shapes and handlers."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()

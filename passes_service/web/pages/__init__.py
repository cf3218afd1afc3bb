"""One module per group of HTML pages."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()

"""Passes in wallet apps: Google Wallet rotates the code, Apple Wallet shows the paper's."""

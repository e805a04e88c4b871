"""The platform's side of the gateway: what each call of `/gateway/v1` checks, does and answers."""

"""The station (站): headless, 24 h, asyncio. It owns values, alarm states, acknowledgements, history. Never imports Qt."""

"""Run the app with ``streamlit run streamlit_app.py``."""

from assetmap.app.router import main

main()

"""The dashboard's entrance: which pages there are. Each page guards itself."""

import streamlit as st

from pages._frame.routes import navigation

st.set_page_config(page_title="Special-school placements", layout="wide")
navigation().run()

"""The site with its gallery, which else only DEBUG shows."""

from django.urls import path

from marketing_ops.gallery import gallery, gallery_progress
from marketing_ops.urls import urlpatterns as of_the_site

urlpatterns = [
    path("gallery/", gallery, name="gallery"),
    path("gallery/progress/", gallery_progress, name="gallery-progress"),
    *of_the_site,
]

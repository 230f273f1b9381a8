#include "app/run.h"

int main(int argc, char** argv) { return rcodescope::Run(argc, argv); }

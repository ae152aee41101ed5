namespace Stork.Interop.Tests.Samples;

internal enum ParcelsConsoleKind
{
    CSharp,
    Node,
}

using System.Runtime.InteropServices;

namespace Stork.Queues.Records;

/// <summary>A device of an inbox, and the first message that is for it.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct DevicePosition(int Index, long Start);

using System.Buffers.Binary;
using System.ComponentModel;
using System.Net;
using System.Runtime.InteropServices;

namespace Stork.EventLoops;

/// <summary>
/// Addresses as the system writes them: two bytes of family in the machine's order, two of port (big-endian), then for IPv4 four of
/// address, for IPv6 four of flow, sixteen of address, and four of scope in the machine's order.
/// </summary>
internal static class SocketAddresses
{
    private const ushort FamilyOfIPv6 = 10;

    public static IPEndPoint Read(ReadOnlySpan<byte> address)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        return MemoryMarshal.Read<ushort>(address) == FamilyOfIPv6
            ? new IPEndPoint(new IPAddress(address.Slice(8, 16), MemoryMarshal.Read<uint>(address[24..])), port)
            : new IPEndPoint(new IPAddress(address.Slice(4, 4)), port);
    }

    /// <summary>This side's address of a connection.</summary>
    /// <exception cref="Win32Exception">The connection is gone.</exception>
    public static unsafe IPEndPoint GetLocal(int descriptor)
    {
        Span<byte> address = stackalloc byte[SocketCalls.MaxAddressLength];
        var length = address.Length;
        fixed (byte* pointer = address)
        {
            if (SocketCalls.GetLocalAddress(descriptor, pointer, &length) < 0) throw new Win32Exception(Marshal.GetLastPInvokeError());
        }

        return Read(address);
    }
}
